export { aggregate } from './aggregate.ts'
export type { Attributes, NonResourceAttributes, RbacUser, ResourceAttributes } from './attributes.ts'
export { describeAttributes, describeRule } from './describe.ts'
export { evaluate, type Grant, type RbacDecision } from './evaluate.ts'
export { explain, type Explanation } from './explain.ts'
export { type NearestRole, nearestRoles, type NearMiss, nearMisses } from './nearest.ts'
export type {
  BindingSubject,
  ClusterRole,
  ClusterRoleBinding,
  LabelSelector,
  PolicyRule,
  RbacObjects,
  Role,
  RoleBinding,
  RoleRef,
} from './objects.ts'
export { type BindingName, rbacPolicy, type RbacPolicy, type RoleName } from './policy.ts'
export { ruleAllows } from './rule-allows.ts'
