/** What is asked of who applies, and what of it is typed into the form. Pure. */

import type { Application } from "./shapes";

export interface ProgramAsked {
  models: string[];
  businesses: string[];
  fields: string[];
  security: { name: string; question: string }[];
  paper_kinds: string[];
  papers: number;
  paper_bytes: number;
  wished_codes: number;
  redirect_urls: number;
  addresses: number;
  requests_per_s: number;
  attestation_days: number;
}

export interface Form {
  title: string;
  models: string;
  business: string;
  codes: string;
  redirect_urls: string;
  ip_list: string;
  is_public_client: boolean;
  requests_per_s: string;
  subaccounts_most: string;
  told: Record<string, string>;
}

export function formOf(own: Application, program: ProgramAsked): Form {
  const names = [...program.fields, ...program.security.map((one) => one.name)];
  return {
    title: own.integration.title,
    models: own.integration.models,
    business: own.integration.business ?? "",
    codes: own.integration.codes.join(" "),
    redirect_urls: own.integration.redirect_urls.join("\n"),
    ip_list: own.integration.ip_list.join(" "),
    is_public_client: own.integration.is_public_client,
    requests_per_s: String(own.integration.requests_per_s),
    subaccounts_most: String(own.integration.subaccounts_most),
    told: Object.fromEntries(names.map((name) => [name, own.told[name] ?? ""])),
  };
}

/** The body of the request; what is empty is not told, since it would be wrong rather than absent. */
export function sentOf(form: Form): object {
  return {
    ...(form.title.trim() ? { title: form.title.trim() } : {}),
    ...(form.business ? { business: form.business } : {}),
    models: form.models,
    codes: words(form.codes),
    ...placesOf(form.redirect_urls, form.ip_list, form.is_public_client),
    ...whole("requests_per_s", form.requests_per_s),
    ...whole("subaccounts_most", form.subaccounts_most),
    told: Object.fromEntries(Object.entries(form.told).filter(([, text]) => text.trim() !== "")),
  };
}

/** Where the systems are, as the requests tell it. */
export function placesOf(redirects: string, addresses: string, isPublic: boolean): object {
  return { redirect_urls: words(redirects), ip_list: words(addresses), is_public_client: isPublic };
}

const words = (text: string) => text.split(/[\s,]+/).filter(Boolean);
const whole = (name: string, text: string) => (/^\d+$/.test(text.trim()) ? { [name]: Number(text) } : {});
