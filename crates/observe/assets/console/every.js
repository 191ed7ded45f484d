// Asking again and again, as long as somebody looks.

/** Calls at once and then every so often, one at a time, not while the page is hidden. */
export function every(milliseconds, call) {
  let running = false;
  const once = async () => {
    if (running || document.hidden) return;
    running = true;
    try {
      await call();
    } finally {
      running = false;
    }
  };
  setInterval(once, milliseconds);
  return once();
}
