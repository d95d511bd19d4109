// Bundles src/editor.js, and writes the licences of everything in it beside the bundle.
import { build } from "esbuild";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";

const target = "../static/postbacks/mapper";
const result = await build({
  entryPoints: ["src/editor.js"],
  outfile: `${target}/editor.js`,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022"],
  charset: "utf8",
  legalComments: "none", // all licences are in the file written below
  banner: { js: "/* CodeMirror 6 and what it needs, MIT licence: see editor-licenses.txt. Source: postbacks/editor/ */" },
  metafile: true,
});

const folders = new Set();
for (const input of Object.keys(result.metafile.inputs)) {
  const found = input.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)/);
  if (found) {
    folders.add(found[1]);
  }
}
const notices = [...folders].sort().map((name) => {
  const folder = path.join("node_modules", name);
  const { version, license } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const text = file ? readFileSync(path.join(folder, file), "utf8").trim() : license;
  return `${name} ${version} (${license})\n\n${text}\n`;
});
writeFileSync(`${target}/editor-licenses.txt`, notices.join(`\n${"-".repeat(78)}\n\n`));
