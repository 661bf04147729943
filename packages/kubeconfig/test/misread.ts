/** Strings that some YAML reader takes for something else when they stand without quotes. */
export const MISREAD = [
  ...'yes No ON off y N true False null Null ~ nan .NaN .inf -.INF << = - --- ... [] {}'.split(' '),
  ...'1e3 e3 E5 e-1 0123 0o17 0x1F 0b11 1_000 12:30:45 1.0 +1 -0 .5 1. 6.02E+23 2026-11-22'.split(' '),
  ...'2026-11-22T20:00:00Z #comment &anchor *alias !tag %directive @at `tick` trailing: a:b'.split(' '),
  ...'"quoted" \'single\' back\\slash [flow] CN=a,O=b system:masters http://x C:\\Users admin@kyma.cx'.split(
    ' ',
  ),
  ...'a: b|a #b|- item|? key|: value|!!str x|> folded|{f: x}| | padded |tab\there|line\nbreak|\r\n'.split(
    '|',
  ),
  ...'x\u0000y x\u0007y x\u007fy x\u0085y x\u00a0y x\u2028y x\ufeffy x\ufffey x\uffffy ünï 😀'.split(' '),
  '',
  '| block',
  'x'.repeat(300),
  `${'word '.repeat(60)}end`,
]
