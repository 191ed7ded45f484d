/** The pages that need no account. */
export const PAGES = ['/', '/products', '/products/1', '/cart', '/login', '/register', '/about', '/terms', '/privacy'];
