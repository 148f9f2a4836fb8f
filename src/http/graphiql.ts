import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import express, { type RequestHandler, Router } from "express";
import { getOperationAST, Kind, OperationTypeNode, parse } from "graphql";
import helmet from "helmet";
import { projectPath } from "../foundation/project.js";

/**
 * GET /graphiql: an editor for the API, with everything it needs served from here. Its policy lets no script run but ours; its
 * styles are made as it runs, which is why those may stand in the page.
 */
export function graphiqlRoutes(): Router {
  const routes = Router();
  routes.use(pagePolicy());
  const examples = readExamples(projectPath("examples"));
  routes.get("/examples.json", (_request, response) => response.json(examples));
  for (const [name, file] of Object.entries(assetFiles())) routes.get(`/assets/${name}`, serve(file));
  routes.use("/assets/graphql-ws", express.static(join(packageFolder("graphql-ws"), "dist"), { index: false }));
  routes.use(express.static(projectPath("graphiql"), { redirect: false }));
  routes.get("/", serve(projectPath("graphiql", "index.html")));
  return routes;
}

function pagePolicy(): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", "data:"],
        fontSrc: ["'self'", "data:"],
        connectSrc: ["'self'", "ws:", "wss:"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
  });
}

function assetFiles(): Readonly<Record<string, string>> {
  return {
    "react.production.min.js": join(packageFolder("react"), "umd", "react.production.min.js"),
    "react-dom.production.min.js": join(packageFolder("react-dom"), "umd", "react-dom.production.min.js"),
    "graphiql.min.js": join(packageFolder("graphiql"), "graphiql.min.js"),
    "graphiql.min.css": join(packageFolder("graphiql"), "graphiql.min.css"),
  };
}

function packageFolder(name: string): string {
  return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}

function serve(file: string): RequestHandler {
  return (_request, response) => response.sendFile(file);
}

const kinds = [OperationTypeNode.QUERY, OperationTypeNode.MUTATION, OperationTypeNode.SUBSCRIPTION];

interface Example {
  readonly query: string;
  readonly kind: OperationTypeNode;
  /** Those it cannot do without, empty. */
  readonly variables: Readonly<Record<string, string>>;
}

/** The example operations: what only reads comes first. */
function readExamples(folder: string): readonly Example[] {
  const files = readdirSync(folder).filter((name) => name.endsWith(".graphql"));
  const examples = files.sort().map((name) => exampleOf(readFileSync(join(folder, name), "utf8")));
  return kinds.flatMap((kind) => examples.filter((example) => example.kind === kind));
}

function exampleOf(query: string): Example {
  const operation = getOperationAST(parse(query));
  const required = (operation?.variableDefinitions ?? []).filter(({ type }) => type.kind === Kind.NON_NULL_TYPE);
  return {
    query,
    kind: operation?.operation ?? OperationTypeNode.QUERY,
    variables: Object.fromEntries(required.map(({ variable }) => [variable.name.value, ""])),
  };
}
