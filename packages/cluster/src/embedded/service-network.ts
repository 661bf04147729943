/** From where Services get their addresses; no packet is ever sent to one. */
export const SERVICE_CIDR = '10.96.0.0/16'

/** The address of the Service `kubernetes`: the first one. */
export const SERVICE_ADDRESS = '10.96.0.1'

/** From where kwok gives pods their addresses. */
export const POD_CIDR = '10.244.0.0/16'
