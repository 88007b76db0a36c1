/**
 * HTML that our own server has made, the one kind that is put into a page as such. The page's policy lets this maker and
 * the framework's be made, and no other (WB-5): a string that comes to a page by any other way cannot become markup.
 */

interface Maker {
  createHTML(html: string): { toString(): string };
}
interface Makers {
  createPolicy(name: string, rules: { createHTML: (html: string) => string }): Maker;
}

const makers = (globalThis as { trustedTypes?: Makers }).trustedTypes; // not every browser has them
const maker = makers?.createPolicy("server-made", { createHTML: (html) => html });

/** For `{@html ...}` alone. */
export const serverMade = (html: string): string => (maker?.createHTML(html) ?? html) as string;
