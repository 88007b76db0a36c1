import { svelte } from "@sveltejs/vite-plugin-svelte";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Each file is packed once, when it is built, and never while somebody waits for it. */
function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        for (const [name, file] of Object.entries(bundle)) {
          const content = Buffer.from(file.type === "chunk" ? file.code : file.source);
          if (!/\.(js|css|svg)$/.test(name) || content.length < 200) continue;
          this.emitFile({ type: "asset", fileName: `${name}.gz`, source: gzipSync(content, { level: 9 }) });
          const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
          this.emitFile({ type: "asset", fileName: `${name}.br`, source: brotliCompressSync(content, { params }) });
        }
      },
    },
  };
}

export default defineConfig({
  base: "/web/",
  plugins: [svelte(), packed()],
  build: {
    outDir: "../src/commonbook/web",
    emptyOutDir: true,
    assetsDir: "assets",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: "es2022",
    manifest: "files.json",
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // Few files: over one line each costs a journey. What the shell needs is always there; of the rest, what pages share.
        codeSplitting: {
          groups: [
            { name: "shell", tags: ["$initial"], test: (id) => !/[\\/](main\.ts|index\.html)/.test(id), priority: 2 },
            { name: "shared", test: /[\\/]src[\\/](lib|parts|pages[\\/]terminal)[\\/]/, minShareCount: 2, priority: 1 },
          ],
        },
      },
    },
  },
  test: { include: ["tests/**/*.test.ts"], environment: "node" },
});
