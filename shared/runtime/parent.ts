/**
 * Calls `gone` once when the process that started this one is no longer there. A parent that is killed cannot pass a
 * signal on, but the channel that it opened to us closes with it. Without such a channel (a container, a shell) there
 * is nothing to watch, and nothing happens.
 */
export function onParentGone(gone: () => void): void {
  // Undefined where there never was a channel; false where it closed before anybody listened and will not say so again.
  if (process.connected === false) gone();
  else process.once('disconnect', gone);
}
