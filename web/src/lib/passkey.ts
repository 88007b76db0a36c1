/** Passkeys: what the server asks for, shown to the browser, and its answer as JSON. null where nothing was shown. */

const bytes = (text: string): ArrayBuffer => {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0)).buffer;
};
const text = (content: ArrayBuffer | null): string =>
  btoa(String.fromCharCode(...new Uint8Array(content ?? new ArrayBuffer(0))))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

interface Asked {
  challenge: string;
  allowCredentials?: { id: string; type: "public-key" }[];
}

/** For a login, or to prove who is signed in. */
export async function assertion(options: object): Promise<object | null> {
  const asked = options as Asked & Omit<PublicKeyCredentialRequestOptions, keyof Asked>;
  const publicKey: PublicKeyCredentialRequestOptions = {
    ...asked,
    challenge: bytes(asked.challenge),
    allowCredentials: (asked.allowCredentials ?? []).map((one) => ({ ...one, id: bytes(one.id) })),
  };
  const found = (await navigator.credentials.get({ publicKey }).catch(() => null)) as PublicKeyCredential | null;
  if (found === null) return null;
  const said = found.response as AuthenticatorAssertionResponse;
  return {
    id: found.id,
    rawId: text(found.rawId),
    type: found.type,
    response: {
      authenticatorData: text(said.authenticatorData),
      clientDataJSON: text(said.clientDataJSON),
      signature: text(said.signature),
      userHandle: said.userHandle === null ? null : text(said.userHandle),
    },
  };
}

interface AskedNew {
  challenge: string;
  user: { id: string; name: string; displayName: string };
  excludeCredentials?: { id: string; type: "public-key" }[];
}

/** A new one, made by the browser, a phone or a security key. */
export async function registration(options: object): Promise<object | null> {
  const asked = options as AskedNew & Omit<PublicKeyCredentialCreationOptions, keyof AskedNew>;
  const publicKey: PublicKeyCredentialCreationOptions = {
    ...asked,
    challenge: bytes(asked.challenge),
    user: { ...asked.user, id: bytes(asked.user.id) },
    excludeCredentials: (asked.excludeCredentials ?? []).map((one) => ({ ...one, id: bytes(one.id) })),
  };
  const made = (await navigator.credentials.create({ publicKey }).catch(() => null)) as PublicKeyCredential | null;
  if (made === null) return null;
  const said = made.response as AuthenticatorAttestationResponse;
  return {
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    response: {
      attestationObject: text(said.attestationObject),
      clientDataJSON: text(said.clientDataJSON),
      transports: said.getTransports(),
    },
  };
}
