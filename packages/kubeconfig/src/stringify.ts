import { Document, isScalar, type Node, visit } from 'yaml'
import type { KubeconfigDocument } from './document.ts'
import { expiryComment } from './expiry.ts'

/**
 * Strings that every YAML reader, 1.1 or 1.2, takes for the same string without quotes: they begin with a
 * letter, hold nothing that YAML uses, and are no word that some reader takes for a boolean, null or number.
 */
const PLAIN = /^[A-Za-z](?:[A-Za-z0-9_./+=@-]|:(?=\S))*$/
const SPECIAL_WORD = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf|e[-+.\d]+)$/i

/** What JSON leaves as it is between quotes, but some YAML reader takes for a line break or refuses. */
// oxlint-disable-next-line no-control-regex -- they are what this is about
const UNSAFE_IN_QUOTES = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g

/**
 * The document as YAML that Kubernetes' reader (YAML 1.1 in part) and YAML 1.2 readers understand alike:
 * strings that one of them could read as another type are quoted. Expiry times stand in a comment on top.
 */
export function stringifyKubeconfig(kubeconfig: KubeconfigDocument): string {
  const comment = expiryComment(kubeconfig).map((line) => `#${line}\n`)
  return escapeUnsafe(`${comment.join('')}${comment.length > 0 ? '\n' : ''}${stringifyValue(kubeconfig)}\n`)
}

/** One value of a document as such YAML, without a line break at its end. */
export function stringifyValue(value: unknown): string {
  const document = new Document(value, { aliasDuplicateObjects: false })
  quoteStrings(document)
  return printDocument(document).trimEnd()
}

/** Gives each string in it the quotes that all readers need. */
export function quoteStrings(value: Document | Node): void {
  visit(value, {
    Scalar(_, node) {
      if (!isScalar(node) || typeof node.value !== 'string') return
      // Half a surrogate pair can't be written in UTF-8.
      node.value = node.value.toWellFormed()
      node.type = isPlain(String(node.value)) ? 'PLAIN' : 'QUOTE_DOUBLE'
    },
  })
}

/** The document as text, on as many lines as it has entries. */
export function printDocument(document: Document): string {
  return escapeUnsafe(document.toString({ lineWidth: 0, minContentWidth: 0, doubleQuotedAsJSON: true }))
}

function escapeUnsafe(text: string): string {
  return text.replace(
    UNSAFE_IN_QUOTES,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function isPlain(text: string): boolean {
  return PLAIN.test(text) && !SPECIAL_WORD.test(text)
}
