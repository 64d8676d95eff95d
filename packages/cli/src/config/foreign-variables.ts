/** What Kubernetes gives every container for a service that is called `shardwright…`, unless the pod says not to. */
const serviceLink = /_SERVICE_HOST$|_SERVICE_PORT(?:_[A-Z0-9_]+)?$|_PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?$/;

/**
 * Whether a variable is none of ours although it is called as if: the address of a service of that name.
 * See https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables.
 */
export function isServiceLink(name: string, value: string): boolean {
  return serviceLink.test(name) || (name.endsWith("_PORT") && /^(?:tcp|udp|sctp):\/\//.test(value));
}
