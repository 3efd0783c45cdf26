import { readFile } from 'node:fs/promises'
import { dirname, extname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build as bundle, formatMessages, type BuildFailure, type Loader, type Plugin } from 'esbuild'

const sdkMain = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../sdk/index.ts' : '../sdk/index.js', import.meta.url),
)

/** A bot file that cannot be bundled. The message shows where and why. */
export class BundleError extends Error {
  override readonly name = 'BundleError'
}

export interface Bundle {
  /** The one file that runs. */
  readonly path: string
  /** Files it was made from, absolute; without what came from `node_modules`. */
  readonly sources: readonly string[]
}

interface BundleOptions {
  /** The bundle goes elsewhere, with what lies beside the bot file: `import.meta` is that of the bundle. Default false. */
  readonly portable?: boolean
}

/** Bundles an author's bot file, and all it imports, into `outFile` with a source map beside it. Throws `BundleError`. */
export async function bundleBot(
  botFile: string,
  outFile: string,
  { portable = false }: BundleOptions = {},
): Promise<Bundle> {
  try {
    const { metafile } = await bundle({
      entryPoints: [botFile],
      outfile: outFile,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      sourcemap: true,
      metafile: true,
      logLevel: 'silent',
      alias: { offhook: sdkMain },
      // CommonJS packages inside an ES module still ask for what only CommonJS has.
      banner: {
        js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
      },
      plugins: portable ? [] : [ownLocation],
    })
    const sources = Object.keys(metafile.inputs).filter(
      (path) => !/[\\/]node_modules[\\/]|^node_modules[\\/]/.test(path),
    )
    return { path: outFile, sources: sources.map((path) => resolve(path)) }
  } catch (error) {
    if (!isBuildFailure(error)) throw error
    const messages = await formatMessages(error.errors, { kind: 'error', color: false })
    throw new BundleError(messages.join('').trim(), { cause: error })
  }
}

const isBuildFailure = (error: unknown): error is BuildFailure => error instanceof Error && 'errors' in error

const loaders: Readonly<Record<string, Loader>> = { '.ts': 'ts', '.mts': 'ts', '.tsx': 'tsx', '.jsx': 'jsx' }

/** A bundled module keeps its own `import.meta.url`, `dirname` and `filename`, by which authors find files beside it. */
const ownLocation: Plugin = {
  name: 'own-location',
  setup(build) {
    build.onLoad({ filter: /\.[mc]?[jt]sx?$/ }, async ({ path }) => {
      const source = await readFile(path, 'utf8')
      if (!source.includes('import.meta')) return undefined
      const values = { url: pathToFileURL(path).href, dirname: dirname(path), filename: path }
      const contents = source.replaceAll(
        /\bimport\.meta\.(url|dirname|filename)\b/g,
        (_match, name: keyof typeof values) => JSON.stringify(values[name]),
      )
      return { contents, loader: loaders[extname(path)] ?? 'js' }
    })
  },
}
