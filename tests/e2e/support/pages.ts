/** The pages that need no account. */
export const PAGES = [
  '/',
  '/products',
  '/products?category=sueteres',
  '/products/1',
  '/stores',
  '/stores?city=Yuriria',
  '/stores/nearby',
  '/stores/algodones-del-bajio',
  '/cart',
  '/login',
  '/register',
  '/forgot-password',
  '/about',
  '/terms',
  '/privacy',
];
