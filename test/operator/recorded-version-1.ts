/**
 * What version 1 of operator and mover wrote, as it was recorded. Never edited: Jobs and declarations of this version are met by their
 * successors, and by what is rolled back to. Who changes task, outcome or status so that its tests fail raises CONTRACT_VERSION, goes on
 * reading this, and records the next.
 */
export const OUTCOMES = {
  /** Of three items, with retention. */
  group:
    '{"v":1,"r":"c3a1f0aa","k":0,"i":[["S","","6740aaa6e1f2a3b4",[50331648,1204,1204,3,1,1200,4],""],["W","UnreadableFiles","8a1c02fe00112233",[50331648,1204,1204,3,1,1200,4],"3 files could not be read (appdata/x, …)."],["F","VolumeNotStaged","",[null,null,null,null,null,null,null],"No mount."]],"t":[20,1],"n":["The lock of dead Job j0 was removed."]}',
  /** Killed after the first item. */
  partial:
    '{"v":1,"p":1,"r":"c3a1f0aa","i":[["S","","6740aaa6e1f2a3b4",[50331648,1204,1204,3,1,1200,4],""]]}',
  failed: '{"v":1,"f":["WrongPassword","The password does not open it."],"i":[]}',
  damaged:
    '{"v":1,"r":"c3a1f0aa","i":[],"c":["RepositoryDamaged","Pack 1f is not whole."],"u":[0,"PruneFailed","Damaged."]}',
  whole: '{"v":1,"r":"c3a1f0aa","i":[],"c":[],"u":[7000000]}',
} as const;

const REPOSITORY =
  '{"endpoint":"https://s3.example.net","region":"us-east-1","bucket":"wiki-backup","owner":{"cluster":"cluster-uid","namespace":"wiki","name":"backup","uid":"uid-wiki"},"knownId":"c3a1f0aa","stallSeconds":200,"deadPods":["sb-1a2b3c-wiki-backup-x"]}';

export const TASKS = {
  backup: `{"version":1,"kind":"backup","run":"0tovstcs","repository":${REPOSITORY},"items":[{"type":"pvc","name":"data","path":"/volumes/0","exclude":["*.part"],"allowEmpty":false,"onUnreadable":"Warn","previous":{"bytes":1000,"files":10}},{"type":"pvc","name":"config","path":"/volumes/1","exclude":[],"allowEmpty":false,"onUnreadable":"Warn"}],"retention":{"policy":{"daily":7,"weekly":6,"monthly":6,"yearly":1},"items":[{"name":"old","snapshot":"6740aaa6e1f2a3b4"}],"maxForgetPercent":20,"acknowledged":false}}`,
  maintain: `{"version":1,"kind":"maintain","run":"0tovstcs","repository":${REPOSITORY},"recall":["data"],"check":{"part":3,"parts":13},"prune":{"maxUnusedPercent":10}}`,
} as const;

/** Of a ServiceBackup with the items a, b and c, in the middle of a run: one group is over, one is open, one item waits to be tried again. */
export const STATUS_IN_MID_RUN =
  '{"state":"Running","message":"Job j2 reads b on node-2.","observedGeneration":1,"scheduledThrough":"2026-11-21T01:30:00Z","schedule":"30 1 * * * Etc/UTC","nextBackup":"2026-11-22T01:30:00Z","periodSeconds":86400,"seenRunNow":["1"],"repository":{"id":"c3a1f0aa","check":{"timestamp":"2026-11-15T06:00:00Z","state":"Success","part":3,"parts":13},"prune":{"timestamp":"2026-11-15T06:00:00Z","state":"Success"}},"lastBackup":{"run":"0tou2c0s","state":"Success","startedAt":"2026-11-20T01:30:00Z","timestamp":"2026-11-20T01:31:00Z"},"items":[{"type":"pvc","name":"b","state":"Success","snapshot":"b1","bytes":1000,"files":10,"seconds":4,"consistency":"Live","lastSuccess":"2026-11-20T01:31:00Z"},{"type":"pvc","name":"c","state":"Success","snapshot":"c1","bytes":1000,"files":10,"seconds":4,"consistency":"Live","lastSuccess":"2026-11-20T01:31:00Z"}],"run":{"id":"0tovstcs","trigger":"Schedule","startedAt":"2026-11-21T01:30:00Z","tick":"2026-11-21T01:30:00Z","groups":[{"node":"node-1","job":"j1","items":["a","c"],"because":["VolumeAttachment csi-a","VolumeAttachment csi-c"],"startedAt":"2026-11-21T01:30:00Z","finishedAt":"2026-11-21T01:32:00Z"},{"node":"node-2","job":"j2","items":["b"],"because":["VolumeAttachment csi-b"],"startedAt":"2026-11-21T01:32:00Z"}],"done":[{"type":"pvc","name":"a","state":"Success","placement":{"node":"node-1","because":"VolumeAttachment csi-a"},"job":"j1","snapshot":"a2","bytes":1000,"files":10,"seconds":4,"consistency":"Live","lastSuccess":"2026-11-21T01:31:50Z"}],"retries":[{"name":"c","attempts":1,"at":"2026-11-21T01:32:30Z","reason":"StorageUnavailable","message":"Status 503.","job":"j1"}]},"conditions":[{"type":"Ready","status":"True","reason":"Ready","message":"Backups are made as declared.","lastTransitionTime":"2026-11-21T01:32:02Z","observedGeneration":1},{"type":"LastBackupSucceeded","status":"True","reason":"BackupSucceeded","message":"Run 0tou2c0s backed up every item (Live).","lastTransitionTime":"2026-11-21T01:32:02Z","observedGeneration":1},{"type":"RetentionHeld","status":"False","reason":"NothingHeld","message":"Old snapshots are forgotten as the policy says.","lastTransitionTime":"2026-11-21T01:32:02Z","observedGeneration":1},{"type":"RecoveryKeyMissing","status":"True","reason":"RecoveryKeyMissing","message":"Whoever loses the password Secret loses the backups: \'service-backup recovery-key\' makes a key to keep elsewhere; \'recoveryKey: Declined\' in the BackupConfig declines it.","lastTransitionTime":"2026-11-21T01:32:02Z","observedGeneration":1}]}';
