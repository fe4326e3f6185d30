import { stringify } from 'yaml';
import { MOVER_CONTAINER, TASK_VARIABLE } from '../../src/api';

/**
 * How a simulated item fares, and for how long it is read: its name says it, so that a test decides and nothing is left to
 * chance. `ok-2500-3` ends well after 2.5 s; `fails` reports a failure; of a group with a `silent` one no report arrives.
 */
export type Fate = 'ok' | 'fails' | 'silent';
export const itemName = (fate: Fate, milliseconds: number, number: number): string =>
  `${fate}-${Math.round(milliseconds)}-${number}`;

/** A Job that reads no volume takes so long. */
const MAINTENANCE_MILLISECONDS = 200;

/** A pod of K8up, which the benchmark measures beside the operator: it succeeds after so long, and reports nothing. */
const K8UP = '.metadata.labels["k8upjob"]';
const K8UP_MILLISECONDS = 5000;

const MOVER = `.spec.containers[] | select(.name == "${MOVER_CONTAINER}")`;
const TASK = `(${MOVER} | .env[] | select(.name == "${TASK_VARIABLE}") | .value | fromjson)`;
/** A jq expression: the items of a group are read one after the other. */
const DURATION = `${TASK} | [(.items // [])[].name | capture("^[a-z]+-(?<ms>[0-9]+)-").ms | tonumber] | add // ${MAINTENANCE_MILLISECONDS} | "\\(.)ms"`;

const yaml = (object: object): string => stringify(object, { lineWidth: 0 });

const stage = (kind: 'Pod' | 'Node', name: string, selector: object[], spec: object): string =>
  yaml({
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: { resourceRef: { apiGroup: 'v1', kind }, selector: { matchExpressions: selector }, ...spec },
  });

const alive = { key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' };
const inPhase = (phase: string) => ({ key: '.status.phase', operator: 'In', values: [phase] });

/** No controller doubts a node that says so. kwok plays pods only on nodes that a stage of its own speaks of. */
const READY = `
conditions:
- { type: Ready, status: "True", reason: Simulated, lastHeartbeatTime: {{ Now | Quote }}, lastTransitionTime: {{ Now | Quote }} }
`;

/** What the kubelet says of a container before it says how it is. */
const container = (runs: boolean) => `- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: ${runs}
  started: ${runs}
  restartCount: 0
`;

const RUNNING = `
{{ $now := Now }}
phase: Running
startTime: {{ $now | Quote }}
conditions:
{{ range list "PodReadyToStartContainers" "Initialized" "Ready" "ContainersReady" }}
- { type: {{ . }}, status: "True", lastTransitionTime: {{ $now | Quote }} }
{{ end }}
initContainerStatuses:
{{ range .spec.initContainers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: true
  restartCount: 0
  state: { terminated: { exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }} } }
{{ end }}
containerStatuses:
{{ range .spec.containers }}
${container(true)}  state: { running: { startedAt: {{ $now | Quote }} } }
{{ end }}
`;

const SUCCEEDED = `
{{ $now := Now }}
phase: Succeeded
containerStatuses:
{{ range .spec.containers }}
${container(false)}  state: { terminated: { exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }} } }
{{ end }}
`;

/** The outcome as src/api/outcome.ts writes it. A snapshot's id is a function of run and item, so that what is read back is what was made. */
const ENDED = `
{{ $now := Now }}
{{ $task := dict }}
{{ range .spec.containers }}{{ if eq .name "${MOVER_CONTAINER}" }}{{ range .env }}{{ if eq .name "${TASK_VARIABLE}" }}{{ $task = fromJson .value }}{{ end }}{{ end }}{{ end }}{{ end }}
{{ $started := .status.startTime }}
{{ $seconds := sub (now | unixEpoch) (toDate "2006-01-02T15:04:05Z07:00" $started | unixEpoch) }}
{{ $backup := eq $task.kind "backup" }}
{{ $names := list }}
{{ if $backup }}{{ range $task.items }}{{ $names = append $names .name }}{{ end }}{{ else if $task.recall }}{{ $names = $task.recall }}{{ end }}
{{ $items := list }}{{ $lost := false }}{{ $failed := false }}
{{ range $names }}
{{ if and $backup (hasPrefix "silent-" .) }}{{ $lost = true }}{{ end }}
{{ if hasPrefix "fails-" . }}
{{ $failed = true }}
{{ $items = append $items (list "F" "NoFiles" "" list (printf "Simulated: %s is empty." .)) }}
{{ else }}
{{ $snapshot := printf "%s %s %s" $task.repository.bucket $task.run . | sha256sum | trunc 16 }}
{{ $items = append $items (list "S" "" $snapshot (list 1000000 5000 100 1 2 97 $seconds) "") }}
{{ end }}
{{ end }}
{{ $outcome := dict "v" 1 "r" ($task.repository.bucket | sha256sum) "k" 1 "i" $items }}
{{ if $task.retention }}{{ $_ := set $outcome "t" (list (len $items) 0) }}{{ end }}
{{ if $task.check }}{{ $_ := set $outcome "c" list }}{{ end }}
{{ if $task.prune }}{{ $_ := set $outcome "u" (list 0) }}{{ end }}
phase: {{ if $failed }}Failed{{ else }}Succeeded{{ end }}
conditions:
{{ range list "Ready" "ContainersReady" }}
- { type: {{ . }}, status: "False", reason: PodCompleted, lastTransitionTime: {{ $now | Quote }} }
{{ end }}
containerStatuses:
{{ range .spec.containers }}
${container(false)}  state:
    terminated:
      exitCode: {{ if $failed }}1{{ else }}0{{ end }}
      reason: {{ if $failed }}Error{{ else }}Completed{{ end }}
      startedAt: {{ $started | Quote }}
      finishedAt: {{ $now | Quote }}
      message: {{ if $lost }}""{{ else }}{{ toJson $outcome | squote }}{{ end }}
{{ end }}
`;

const notReady = {
  key: '.status.conditions.[] | select( .type == "Ready" ) | .status',
  operator: 'NotIn',
  values: ['True'],
};

/** kwok's configuration: what becomes of every node and pod. */
export const stages = (): string =>
  [
    yaml({
      apiVersion: 'config.kwok.x-k8s.io/v1alpha1',
      kind: 'KwokConfiguration',
      options: { podPlayStageParallelism: 16, nodePlayStageParallelism: 16, enableProfilingHandler: false },
    }),
    stage('Node', 'node-is-ready', [alive, notReady], { next: { statusTemplate: READY } }),
    stage('Pod', 'pod-runs', [alive, inPhase('Pending')], { next: { statusTemplate: RUNNING } }),
    stage('Pod', 'mover-ends', [alive, inPhase('Running'), { key: K8UP, operator: 'DoesNotExist' }], {
      delay: { durationMilliseconds: 0, durationFrom: { expressionFrom: DURATION } },
      next: { statusTemplate: ENDED },
    }),
    stage('Pod', 'k8up-ends', [alive, inPhase('Running'), { key: K8UP, operator: 'Exists' }], {
      delay: { durationMilliseconds: K8UP_MILLISECONDS },
      next: { statusTemplate: SUCCEEDED },
    }),
    stage('Pod', 'pod-goes', [{ key: '.metadata.deletionTimestamp', operator: 'Exists' }], {
      next: { delete: true },
    }),
  ].join('---\n');
