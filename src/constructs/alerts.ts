import { DEFAULTS } from '../api';

/** `critical`: no backup is made, or one is in danger; `warning`: look today; `info`: look this week. */
export type Severity = 'critical' | 'warning' | 'info';

/** An alerting rule as Prometheus has them. */
export interface AlertRule {
  alert: string;
  expr: string;
  for: string;
  labels: { severity: Severity };
  annotations: { summary: string; description: string; runbook: string };
}

/**
 * Of each ServiceBackup. What the scrape adds (pod, instance, …) is left out: it changes with the operator's pod, and an alert
 * must not begin anew with it. `cluster` is often set where several clusters are watched.
 */
const of = (metric: string): string => `max by (cluster, namespace, name) (service_backup_${metric})`;
const SUSPENDED = `${of('suspended')} == 1`;
const HOUR = 3600;

const NAME = '{{ $labels.namespace }}/{{ $labels.name }}';
const STATUS = `\`service-backup status ${NAME}\``;
const OPERATOR_PODS =
  '`kubectl get pods -A -l app.kubernetes.io/name=service-backup,app.kubernetes.io/component=operator`';

interface Words {
  severity: Severity;
  /** How long it must hold. */
  for: string;
  summary: string;
  mend: string;
  runbook?: string;
}

const rule = (alert: string, expr: string, words: Words): AlertRule => ({
  alert: `ServiceBackup${alert}`,
  expr,
  for: words.for,
  labels: { severity: words.severity },
  annotations: {
    summary: words.summary,
    description: words.mend,
    runbook: words.runbook ?? 'docs/reasons.md',
  },
});

/** The alerts, the gravest first. docs/alerts.yaml is made from them. */
export const ALERTS: { name: string; rules: AlertRule[] } = {
  name: 'service-backup',
  rules: [
    // Everything below speaks only while the operator is scraped and has seen the cluster. It has this series even if nothing is declared.
    rule('OperatorAbsent', 'absent(service_backup_operator_ready == 1)', {
      severity: 'critical',
      for: '10m',
      summary: 'No service-backup operator is running and scraped: no backup is made, and nobody would know.',
      mend: `Look at its pod (${OPERATOR_PODS}), then at Prometheus' list of targets.`,
      runbook: 'docs/monitoring.md',
    }),
    rule('RepositoryDamaged', `${of('repository_damaged')} == 1`, {
      severity: 'critical',
      for: '0m',
      summary: `The repository of ${NAME} is damaged: what is in it may not be restorable.`,
      mend: `${STATUS} says what the check found; restic's manual on damaged repositories, on a copy of the bucket, mends it.`,
    }),
    // Not known to be: an operator that cannot write a status leaves no `ready` at all.
    rule('NotReady', `${of('declared_timestamp_seconds')} unless ${of('ready')} == 1`, {
      severity: 'critical',
      for: '15m',
      summary: `No run of ${NAME} can start.`,
      mend: `${STATUS} says what is missing or wrong in the declaration or its BackupConfig.`,
    }),
    rule(
      'TooOld',
      `time() - ${of('last_success_timestamp_seconds')} > 2 * ${of('period_seconds')} unless ${SUSPENDED}`,
      {
        severity: 'critical',
        for: '15m',
        summary: `The last backup of all items of ${NAME} is older than two periods of its schedule.`,
        mend: `${STATUS} says which item has failed since, and why.`,
      },
    ),
    // An item that is added to a service has no backup until the next run, and that is no fault: as long as the last run was well.
    rule(
      'NeverSucceeded',
      `time() - ${of('declared_timestamp_seconds')} > 2 * ${of('period_seconds')} unless ${of('last_success_timestamp_seconds')} unless ${of('last_state')} < 2 unless ${SUSPENDED}`,
      {
        severity: 'critical',
        for: '15m',
        summary: `An item of ${NAME} was never backed up, two periods after the declaration.`,
        mend: `${STATUS} says which, and why.`,
      },
    ),
    rule(
      'RunOverdue',
      `time() - ${of('next_run_timestamp_seconds')} > ${HOUR} unless ${of('running')} == 1`,
      {
        severity: 'critical',
        for: '5m',
        summary: `A run of ${NAME} should have started more than an hour ago.`,
        mend: `The operator does not do its work: its log says why (pod: ${OPERATOR_PODS}).`,
        runbook: 'docs/monitoring.md',
      },
    ),
    rule('LastRunFailed', `${of('last_state')} == 2`, {
      severity: 'warning',
      for: '5m',
      summary: `The last run of ${NAME} failed.`,
      mend: `${STATUS} says which item failed, and why.`,
    }),
    // Warnings count: one is for information, three in a row are a state.
    rule('RepeatedlyUnsuccessful', `${of('consecutive_failures')} >= 3`, {
      severity: 'warning',
      for: '5m',
      summary: `Three or more runs of ${NAME} in a row were no success.`,
      mend: `${STATUS} says what failed or warned, and why.`,
    }),
    // The deadline of one Job, and an hour.
    rule('RunStuck', `${of('running')} == 1`, {
      severity: 'warning',
      for: `${DEFAULTS.deadlineSeconds / HOUR + 1}h`,
      summary: `A run of ${NAME} has been under way for more than a day, or runs follow each other without a pause.`,
      mend: `${STATUS} says what it waits for; if it only needs so long, make its schedule rarer or silence this alert.`,
      runbook: 'docs/monitoring.md',
    }),
    rule('LastRunWarned', `${of('last_state')} == 1`, {
      severity: 'info',
      for: '5m',
      summary: `The last run of ${NAME} ended with a warning.`,
      mend: `${STATUS} says of which item, and why.`,
    }),
    rule('RetentionHeld', `${of('retention_held')} == 1`, {
      severity: 'info',
      for: '3d',
      summary: `Nothing has been forgotten of ${NAME} for three days: the repository only grows.`,
      mend: `${STATUS} says why; if it is meant to be so, \`service-backup acknowledge ${NAME}\`.`,
    }),
  ],
};
