import { Option } from 'commander'

/** The option that every command about a stack has. */
export const nameOption = () =>
  new Option('-n, --name <name>', 'the stack; several run side by side under different names')
    .default('default')
    .env('GATEHOUSE_NAME')
