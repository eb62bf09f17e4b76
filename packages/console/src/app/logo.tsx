/** Says nothing to a screen reader: the product's name is beside it. */
export function Logo({ size }: { size: number }) {
  return <img src="/icon.svg" alt="" width={size} height={size} />
}
