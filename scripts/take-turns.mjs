// Plain JavaScript without dependencies, like prepare.mjs, which it serves.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const pollMs = 200

/** Does work that only one process of a folder may do at a time; says in a line whom it waits for. */
export async function takeTurns(rootDir, work) {
  // In the folder that git ignores, and that an install leaves alone.
  mkdirSync(join(rootDir, '.duka'), { recursive: true })
  const file = join(rootDir, '.duka', 'preparing.pid')
  let told
  while (!claim(file)) {
    const holder = readHolder(file)
    if (holder !== undefined && !isRunning(holder)) rmSync(file, { force: true })
    else if (holder !== undefined && holder !== told) {
      console.error(
        `Process ${holder} installs or builds in this folder: waiting for it. Is there none, remove ${file}.`,
      )
      told = holder
    }
    await delay(pollMs)
  }
  const release = () => rmSync(file, { force: true })
  process.once('exit', release)
  try {
    return await work()
  } finally {
    process.off('exit', release)
    release()
  }
}

function claim(file) {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

/** Undefined while it is being written, and when it is gone. */
function readHolder(file) {
  try {
    return Number(readFileSync(file, 'utf8')) || undefined
  } catch {
    return undefined
  }
}

function isRunning(pid) {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error.code === 'EPERM'
  }
}
