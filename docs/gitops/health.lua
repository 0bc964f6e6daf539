-- Health of a ScoringPipeline for Argo CD, from its conditions (docs/conditions.md). Argo CD passes the resource as `obj`.
--
--   Healthy      it is what its spec says
--   Progressing  it is on its way there by itself, or the operator has not seen the spec yet
--   Degraded     a person must change something
--   Suspended    a person wants nothing to be scored, or nothing to be reconciled

local conditions = {}
for _, condition in ipairs((obj.status or {}).conditions or {}) do
  conditions[condition.type] = condition
end

local function is(kind, status)
  return conditions[kind] ~= nil and conditions[kind].status == status
end

local function health(status, kind)
  return { status = status, message = conditions[kind].message }
end

if obj.metadata.generation ~= (obj.status or {}).observedGeneration or conditions["Ready"] == nil then
  return { status = "Progressing", message = "the operator has not seen this generation of the spec yet" }
end
if is("ReconciliationPaused", "True") then
  return health("Suspended", "ReconciliationPaused")
end
if is("Stalled", "True") then
  return health("Degraded", "Stalled")
end
if is("Reconciling", "True") then
  return health("Progressing", "Reconciling")
end
if is("Ready", "True") then
  return health("Healthy", "Ready")
end
return health("Suspended", "Ready")
