// The types of the API, made of the API's own documents: `npm run types`. They are never committed.

import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import openapiTS, { astToString } from "openapi-typescript";

const root = new URL("..", import.meta.url);
const python = new URL(".venv/bin/python", root).pathname;
const into = new URL("src/generated/", import.meta.url);
const documents = JSON.parse(
  execFileSync(python, [new URL("tools/web_documents.py", root).pathname], {
    maxBuffer: 1 << 28,
    encoding: "utf-8",
    stdio: ["ignore", "pipe", "inherit"],
  }),
);
mkdirSync(into, { recursive: true });
for (const [name, document] of Object.entries(documents)) {
  const types = await openapiTS(document);
  writeFileSync(new URL(`${name}.ts`, into), `// Made by npm run types.\n${astToString(types)}`);
}
