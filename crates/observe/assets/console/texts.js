// Words of the pages: each where it is used, Spanish with English beside it.

/** Whether the page is in Spanish. */
export const spanish = (globalThis.document?.documentElement.lang ?? 'es').startsWith('es');

/** The one of the two that the page is in. */
export const t = (es, en) => (spanish ? es : en);
