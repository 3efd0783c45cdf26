/** What the carrier's voice says when no bot speaks. */
export const farewells = {
  busy: 'We are sorry, all our lines are busy. Please call again in a little while.',
  failed: 'We are sorry, something went wrong. Please call again.',
  askForMessage: 'We are sorry, nobody can take your call at the moment. Please leave a message after the tone.',
  thanks: 'Thank you. Goodbye.',
}
