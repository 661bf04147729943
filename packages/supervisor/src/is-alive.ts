/** Whether a process of ours has this ID. One of somebody else is not the one that was meant: IDs are used again. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
