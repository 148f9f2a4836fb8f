import { transform } from "esbuild";

const tsconfigRaw = {
  compilerOptions: {
    target: "es2023",
    experimentalDecorators: true,
    useDefineForClassFields: false,
    verbatimModuleSyntax: true,
  },
};

/** Compiles a test's TypeScript with the compiler that also builds the gateway. */
export default {
  processAsync: (source, path) =>
    transform(source, { sourcefile: path, loader: "ts", format: "esm", sourcemap: "inline", tsconfigRaw }),
};
