// Plain JavaScript without dependencies: it runs before there are any, and before anything is built.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const rootDir = dirname(dirname(fileURLToPath(import.meta.url)))

const installMegabytes = 600
const maxErrorCharacters = 20_000

/** The program that runs now, so that a signal can end it. */
let running

/** Ends what runs now, with everything that it has started. */
export function stopPreparing() {
  if (running?.pid === undefined || running.exitCode !== null || running.signalCode !== null) return Promise.resolve()
  const ended = new Promise((resolve) => running.once('exit', resolve))
  const signalGroup = (signal) => {
    try {
      process.kill(-running.pid, signal)
    } catch {
      // It has ended meanwhile.
    }
  }
  signalGroup('SIGTERM')
  setTimeout(() => signalGroup('SIGKILL'), 2000).unref()
  return ended
}

/** Lets a signal end what runs, and this process. */
export function endOnSignals() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => stopPreparing().then(() => process.exit(1)))
  }
}

/** Installs the dependencies when they are missing or are not those of package-lock.json. */
export async function install() {
  if (isInstalled()) return
  const { bavail, bsize } = statfsSync(rootDir)
  const freeMegabytes = Math.floor((bavail * bsize) / 1e6)
  if (freeMegabytes < installMegabytes) {
    throw new Error(
      `The disk of ${rootDir} is full (${freeMegabytes} MB free, ${installMegabytes} MB needed): free some space and start again.`,
    )
  }
  console.log('Installing the dependencies …')
  const ci = existsSync(join(rootDir, 'package-lock.json')) ? await npm('ci', 'pipe') : undefined
  if (ci?.code === 0) return
  // A lock file made behind a registry that lacks builds for some other machine is incomplete to `npm ci`, though all
  // that this machine needs is in it. `npm install` keeps to the versions in it just the same.
  const isIncomplete = ci === undefined || ci.errors.includes('can only install packages when')
  if (isIncomplete && (await npm('install', 'inherit')).code === 0) return
  if (!isIncomplete) process.stderr.write(ci.errors)
  throw new Error(
    'The dependencies could not be installed (see above): check the network and the disk, then start again.',
  )
}

// Without development dependencies there is no compiler, and without optional ones no PostgreSQL.
function npm(command, errors) {
  const save = command === 'install' ? ['--no-save'] : []
  const args = [command, ...save, '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error']
  const program = process.env.npm_execpath
  return program ? run(process.execPath, [program, ...args], errors) : run('npm', args, errors)
}

/** Compiles what has changed since the last time. */
export async function build() {
  if ((await runTool('typescript/bin/tsc', ['-b'])) !== 0) throw new Error('The build failed: see the errors above.')
}

/** Runs a program of the dependencies; resolves with its exit code. */
export async function runTool(program, args) {
  const { code } = await run(process.execPath, [join(rootDir, 'node_modules', program), ...args], 'inherit')
  return code
}

/** Runs the tests, or those that the arguments name. */
export function runJest(args) {
  return runTool('jest/bin/jest.js', args)
}

// npm writes what it has installed beside it, last of all: a killed install leaves nothing that compares equal.
function isInstalled() {
  const wanted = readPackages('package-lock.json')
  const present = readPackages('node_modules/.package-lock.json')
  if (!wanted || !present) return wanted === undefined && present !== undefined
  return Object.entries(wanted).every(([path, { version, integrity, link, optional, devOptional }]) => {
    if (!path.includes('node_modules/')) return true
    const found = present[path]
    // Builds for other machines stay away.
    if (!found) return optional === true || devOptional === true
    return found.version === version && found.integrity === integrity && found.link === link
  })
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(join(rootDir, file), 'utf8')).packages
  } catch {
    return undefined
  }
}

// A group of its own, so that a signal can reach all of it. Errors go to the terminal, or into the answer for 'pipe'.
function run(command, args, errors) {
  return new Promise((resolve, reject) => {
    let text = ''
    running = spawn(command, args, { cwd: rootDir, stdio: ['ignore', 'inherit', errors], detached: true })
    running.stderr?.setEncoding('utf8').on('data', (chunk) => {
      text = (text + chunk).slice(0, maxErrorCharacters)
    })
    running.once('error', (error) => reject(new Error(`${command} cannot be run: ${error.message}`)))
    running.once('close', (code) => resolve({ code, errors: text }))
  })
}
