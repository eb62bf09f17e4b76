import AjvCompiler from '@fastify/ajv-compiler'
import SerializerSelector from '@fastify/fast-json-stringify-compiler'
import type { FastifySchemaCompiler } from 'fastify'

type FastifyValidator = ReturnType<FastifySchemaCompiler<unknown>>
type AjvValidator = ReturnType<ReturnType<AjvCompiler.BuildCompilerFromPool>>

/**
 * What comes in an address is text, and is read as what it should be. A JSON
 * body says itself what it is: read the same way, `null` would be a «no» or a zero.
 */
export const buildValidator: AjvCompiler.BuildCompilerFromPool = (externalSchemas) => {
  const build = AjvCompiler()
  const options = { removeAdditional: false, allErrors: true }
  const text = build(externalSchemas, { customOptions: { ...options, coerceTypes: 'array' } })
  const json = build(externalSchemas, { customOptions: { ...options, coerceTypes: false } })
  // Declared to be a schema, it is a route's definition with one in it.
  return (route) => validatorOf(() => (isOfBody(route) ? json : text)(route))
}

/** Compiles a schema when something is first validated with it: all of them at once are a tenth of a gateway's start. */
function validatorOf(compile: () => FastifyValidator): AjvValidator {
  let compiled: FastifyValidator | undefined
  const validate: FastifyValidator = (data) => {
    compiled ??= compile()
    const isValid = compiled(data)
    validate.errors = compiled.errors ?? null
    return isValid
  }
  // All that Fastify uses of one of Ajv's.
  return validate as AjvValidator
}

/**
 * Compiles a schema once, however many routes answer with it: that of errors
 * alone is an answer of each, several times.
 */
export const buildSerializer: SerializerSelector.SerializerFactory = (externalSchemas, options) => {
  const compile = SerializerSelector()(externalSchemas, options)
  const compiled = new WeakMap<object, SerializerSelector.Serializer>()
  return (route) => {
    const { schema } = route
    if (typeof schema !== 'object' || schema === null) return compile(route)
    const serialize = compiled.get(schema) ?? compile(route)
    compiled.set(schema, serialize)
    return serialize
  }
}

function isOfBody(route: unknown): boolean {
  return (route as AjvCompiler.RouteDefinition).httpPart === 'body'
}
