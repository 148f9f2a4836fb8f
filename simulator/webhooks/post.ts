/** What came of posting; status 0: nothing in time, and why. */
export interface Posted {
  readonly status: number;
  readonly problem?: string;
}

/** Posts the bytes and answers the status. */
export async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  signal: AbortSignal,
): Promise<Posted> {
  try {
    const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
    await response.body?.cancel();
    return { status: response.status };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { status: 0, problem: cause instanceof Error ? cause.message : "The app did not answer." };
  }
}
