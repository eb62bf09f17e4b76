import { CONVERSION_FORMATS, type ConversionFormat } from './formats.ts'

/** The thumbnail bounded by a height in pixels: JPEG, or PNG where the picture is transparent; `.webp` names its WebP variant. */
export type ThumbnailName = `h${number}` | `h${number}.webp`
/** The picture at its full size in another format. */
export type ConversionName = `full.${ConversionFormat}`
/** The name of a derived file. */
export type RenditionName = ThumbnailName | ConversionName

/** What a rendition's name says. */
export type RenditionSpec =
  | { kind: 'thumbnail'; height: number; format: 'default' | 'webp' }
  | { kind: 'conversion'; format: ConversionFormat }

/** The name of the thumbnail at most `height` pixels high. */
export function thumbnailName(height: number): `h${number}` {
  return `h${height}`
}

/** The name of its WebP variant, which is served to those who accept WebP. */
export function webpThumbnailName(height: number): `h${number}.webp` {
  return `h${height}.webp`
}

export function conversionName(format: ConversionFormat): ConversionName {
  return `full.${format}`
}

/**
 * The height that a thumbnail's name or a path segment stands for, or undefined
 * where it is not a plain decimal from 1 to 4096 (`0200`, `1e3`, `²` are none).
 */
export function parseHeight(text: string): number | undefined {
  const digits = /^h?([1-9][0-9]{0,3})$/.exec(text)?.[1]
  if (digits === undefined) return undefined
  const height = Number(digits)
  return height <= 4096 ? height : undefined
}

/** The format that a path segment names, or undefined: `jpg` is customary for `jpeg`, in any case. */
export function parseConversionFormat(text: string): ConversionFormat | undefined {
  const name = text.toLowerCase()
  return CONVERSION_FORMATS.find((format) => format === (name === 'jpg' ? 'jpeg' : name))
}

/** What a name stands for; undefined where it names no rendition. */
export function specOf(text: string): RenditionSpec | undefined {
  const conversion = CONVERSION_FORMATS.find((format) => conversionName(format) === text)
  if (conversion !== undefined) return { kind: 'conversion', format: conversion }
  if (!text.startsWith('h')) return undefined
  const height = parseHeight(text.replace(/\.webp$/, ''))
  if (height === undefined) return undefined
  return { kind: 'thumbnail', height, format: text.endsWith('.webp') ? 'webp' : 'default' }
}

/** Reads the name of a rendition that people may ask for, or answers undefined: WebP variants are chosen by the server. */
export function parseRenditionName(text: string): RenditionName | undefined {
  const format = text.startsWith('full.') ? parseConversionFormat(text.slice('full.'.length)) : undefined
  if (format !== undefined) return conversionName(format)
  const spec = specOf(text)
  return spec?.kind === 'thumbnail' && spec.format === 'default' ? thumbnailName(spec.height) : undefined
}

/**
 * What is derived apart from what, so that none waits for another: thumbnails,
 * which people look at; full-size files, which take seconds; AVIF, which takes
 * ten times as long as these.
 */
export const LANES = ['thumbnails', 'conversions', 'avif'] as const
export type Lane = (typeof LANES)[number]

/** In which lane a rendition is made. */
export function laneOf(name: RenditionName): Lane {
  if (name === 'full.avif') return 'avif'
  return name.startsWith('full.') ? 'conversions' : 'thumbnails'
}
