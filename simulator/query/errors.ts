/** A statement QuickBooks refuses. Code 4000: not understood; 4001: understood and not allowed; 4002: failed while it ran. */
export class QueryRefused extends Error {
  override readonly name = "QueryRefused";

  private constructor(
    readonly code: "4000" | "4001" | "4002",
    readonly title: string,
    detail: string,
  ) {
    super(detail);
  }

  /** `was` is the offending token as the parser shows it, `column` counts from 1. */
  static parse(was: string, column: number, expected: string): QueryRefused {
    const detail = `QueryParserError: Encountered " ${was} "" at line 1, column ${String(column)}.\nWas expecting:\n    ${expected} ...\n    `;
    return new QueryRefused("4000", "Error parsing query", detail);
  }

  static invalid(detail: string): QueryRefused {
    return new QueryRefused("4001", "Invalid query", `QueryValidationError: ${detail}`);
  }

  /** What is found holds a record that QuickBooks stored broken; nothing tells which. */
  static poisoned(): QueryRefused {
    return new QueryRefused(
      "4002",
      "Error processing query",
      "QueryProcessingError: To email address entered is invalid",
    );
  }
}
