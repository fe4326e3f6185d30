import type { IConstruct } from 'constructs';

const WARNING = 'service-backup:warning';

/** Says something that is no mistake, but should be known: whoever synthesises reads it, and the synthesis goes on. */
export const warn = (construct: IConstruct, sentence: string): void =>
  construct.node.addMetadata(WARNING, sentence);

/** All that was said in an app, with the construct before each sentence. */
export const warningsIn = (root: IConstruct): { construct: IConstruct; warning: string }[] =>
  root.node
    .findAll()
    .flatMap((construct) =>
      construct.node.metadata
        .filter(({ type }) => type === WARNING)
        .map(({ data }) => ({ construct, warning: data as string })),
    );
