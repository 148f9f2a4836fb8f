import { html } from "../answers.js";
import type { Answer } from "../answers.js";

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${String(character.codePointAt(0))};`);
}

/** The page that asks a person which company to connect. Its answer comes back to the same address as `decision`. */
export function consentPage(
  query: URLSearchParams,
  companies: readonly { readonly realmId: string; readonly name: string }[],
): Answer {
  const hidden = [...query]
    .map(([name, value]) => `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`)
    .join("");
  const choices = companies
    .map(
      ({ realmId, name }, index) =>
        `<label><input type="radio" name="realmId" value="${escape(realmId)}"${index === 0 ? " checked" : ""}> ${escape(name)} <small>${escape(realmId)}</small></label>`,
    )
    .join("");
  const style =
    "body{font:16px system-ui;max-width:30rem;margin:4rem auto;padding:0 1rem}label{display:block;margin:.6rem 0}button{font:inherit;padding:.5rem 1.2rem;margin:1rem .5rem 0 0}";
  return html(
    200,
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>QuickBooks simulator</title><style>${style}</style></head>` +
      `<body><main><h1>Connect a company</h1><p>This is the QuickBooks simulator. The app asks to read and write the books of one company.</p>` +
      `<form method="get">${hidden}<fieldset><legend>Company</legend>${choices}</fieldset>` +
      `<button name="decision" value="connect">Connect</button><button name="decision" value="cancel">Cancel</button></form></main></body></html>`,
  );
}
