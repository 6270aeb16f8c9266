// The version of this server, as its OpenAPI document and its archives name it.
export const VERSION = '0.1.0'
