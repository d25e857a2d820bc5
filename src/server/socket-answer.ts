/** Codes of node:http for what never became a request, and what is answered. */
const ANSWERS: Readonly<Record<string, readonly [status: string, detail: string]>> = {
  // Not 408: Alertmanager gives up on every 4xx until its next interval, and a slow line is no fault of the body.
  ERR_HTTP_REQUEST_TIMEOUT: ['503 Service Unavailable', 'The request did not arrive in time.'],
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The headers are too large.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['413 Payload Too Large', 'The chunk extensions are too large.'],
};

/** A whole HTTP answer, written on the bare socket, after which the connection is closed. */
export function socketAnswer(code: string | undefined): string {
  const [status, detail] = ANSWERS[code ?? ''] ?? ['400 Bad Request', 'This is not HTTP/1.1.'];
  const body = JSON.stringify({
    type: 'bad-request',
    title: detail,
    status: Number.parseInt(status, 10),
    detail,
  });
  return [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(status.startsWith('503') ? ['Retry-After: 2'] : []),
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
