/**
 * Node's own `node:http`, for whatever is to start quickly. An `import` of it reads every export, and `WebSocket` is
 * one for which Node loads all of its fetch: a quarter of what a command like `status` costs. Types may be imported.
 */
export const http = process.getBuiltinModule('node:http')
