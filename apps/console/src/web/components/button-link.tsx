import { Button, type ButtonProps } from '@patternfly/react-core'
import { createLink } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, Ref } from 'react'

/** A way to another page that looks like a button, and is a link to keyboards and screen readers. */
export const ButtonLink = createLink(function ButtonLink({
  ref,
  ...properties
}: AnchorHTMLAttributes<HTMLAnchorElement> &
  Pick<ButtonProps, 'variant'> & { ref?: Ref<HTMLAnchorElement> }) {
  return <Button component="a" {...(properties as ButtonProps)} ref={ref as Ref<HTMLButtonElement>} />
})
