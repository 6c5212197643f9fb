// Plain JavaScript without dependencies: it runs before there are any, and before anything is built.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { takeTurns } from './take-turns.mjs'

export const rootDir = dirname(dirname(fileURLToPath(import.meta.url)))

const installMegabytes = 600

/** What a command prints may go into a file, as secrets do: what is told of its preparation does not. */
const standardError = 2

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
  if (!isInstalled()) await takeTurns(rootDir, installMissing)
}

async function installMissing() {
  // Whoever had the turn before has done it by now.
  if (isInstalled()) return
  const { bavail, bsize } = statfsSync(rootDir)
  const freeMegabytes = Math.floor((bavail * bsize) / 1e6)
  if (freeMegabytes < installMegabytes) {
    throw new Error(
      `The disk of ${rootDir} is full (${freeMegabytes} MB free, ${installMegabytes} MB needed): free some space and start again.`,
    )
  }
  console.error('Installing the dependencies …')
  const command = existsSync(join(rootDir, 'package-lock.json')) ? 'ci' : 'install'
  // Without development dependencies there is no compiler, and without optional ones no PostgreSQL.
  const args = [command, '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error']
  const npm = process.env.npm_execpath ?? ''
  const code = await (npm.endsWith('npm-cli.js')
    ? run(process.execPath, [npm, ...args], standardError)
    : run('npm', args, standardError))
  if (code !== 0) {
    throw new Error(
      'The dependencies could not be installed (see above): check the network and the disk, then start again.',
    )
  }
}

/** Compiles what has changed since the last time. */
export async function build() {
  const code = await takeTurns(rootDir, () => runTool('typescript/bin/tsc', ['-b'], standardError))
  if (code !== 0) throw new Error('The build failed: see the errors above.')
}

/** Runs a program of the dependencies; resolves with its exit code. */
export function runTool(program, args, output) {
  return run(process.execPath, [join(rootDir, 'node_modules', program), ...args], output)
}

/** Runs the tests, or those that the arguments name. */
export function runJest(args) {
  return runTool('jest/bin/jest.js', args)
}

// npm writes what it has installed beside it, last of all: a killed install leaves nothing that compares equal.
export function isInstalled() {
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

// A group of its own, so that a signal can reach all of it.
function run(command, args, output = 'inherit') {
  return new Promise((resolve, reject) => {
    running = spawn(command, args, { cwd: rootDir, stdio: ['ignore', output, 'inherit'], detached: true })
    running.once('error', (error) => reject(new Error(`${command} cannot be run: ${error.message}`)))
    running.once('exit', (code) => resolve(code))
  })
}
