// A bot of XML alone: puts every caller through to 14155550123, who takes the call with a key or does not.
import { createServer } from 'node:http'

const documents = {
  '/answer': (url) => `
    <Speak>One moment please.</Speak>
    <Dial action="${url}/dialled" confirmSound="${url}/announcement" confirmKey="1" timeout="5">
      <Number>14155550123</Number>
    </Dial>`,
  '/announcement': () => '<Speak>A caller for you. Press one to take the call.</Speak>',
  '/dialled': (_url, { DialStatus }) =>
    DialStatus === 'completed' ? '<Hangup/>' : '<Speak>Nobody is there. Goodbye.</Speak>',
}

const answer = async (request, response) => {
  let form = ''
  for await (const chunk of request) form += chunk
  const document = documents[request.url]
  if (!document) return response.writeHead(404).end()
  const elements = document(`http://${request.headers.host}`, Object.fromEntries(new URLSearchParams(form)))
  response.writeHead(200, { 'Content-Type': 'application/xml' }).end(`<Response>${elements}</Response>`)
}

const http = createServer((request, response) => void answer(request, response))

http.listen(process.env.PORT ?? 5001, '127.0.0.1', () =>
  console.log(`answer URL: http://127.0.0.1:${http.address().port}/answer`),
)
