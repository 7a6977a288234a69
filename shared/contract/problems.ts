/** Every way in which a request can fail (contract §2), with what stays the same about it. */
export const problems = {
  invalid_request: { status: 400, title: 'The request is not valid' },
  invalid_file: { status: 400, title: 'The file cannot be read' },
  idempotency_key_missing: { status: 400, title: 'The Idempotency-Key header is missing' },
  unauthenticated: { status: 401, title: 'A valid token is needed' },
  forbidden: { status: 403, title: 'The token lacks the role for this' },
  not_found: { status: 404, title: 'Not found' },
  member_exists: { status: 409, title: 'There is such a member already' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  precondition_failed: { status: 412, title: 'It was changed meanwhile' },
  too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body must be JSON' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key was used for another request' },
  rate_limited: { status: 429, title: 'Too many requests' },
  internal_error: { status: 500, title: 'Something went wrong on our side' },
  unavailable: { status: 503, title: 'Unavailable at the moment' },
} as const;

export type ProblemCode = keyof typeof problems;

/** One field that is at fault; `path` as in `prices.0.credits`, or the name of a parameter or header. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}
