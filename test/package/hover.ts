import { createRequire } from 'node:module';
import { join } from 'node:path';

/** What an editor shows of each word in a file of a project, at the place where it first stands. */
export function hover(directory: string, file: string, words: readonly string[]): Record<string, string> {
  const path = join(directory, file);
  const ts: typeof import('typescript') = createRequire(path)('typescript');
  const config = ts.getParsedCommandLineOfConfigFile(join(directory, 'tsconfig.json'), undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
      throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'));
    },
  })!;
  const service = ts.createLanguageService({
    ...ts.sys,
    useCaseSensitiveFileNames: () => ts.sys.useCaseSensitiveFileNames,
    getCompilationSettings: () => config.options,
    getScriptFileNames: () => [path],
    getScriptVersion: () => '0',
    getScriptSnapshot: (name) => {
      const text = ts.sys.readFile(name);
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
    },
    getCurrentDirectory: () => directory,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
  });
  const text = ts.sys.readFile(path)!;
  const shown = words.map((word) => {
    const info = service.getQuickInfoAtPosition(path, text.search(new RegExp(`\\b${word}\\b`)));
    return [word, ts.displayPartsToString(info?.documentation)];
  });
  return Object.fromEntries(shown);
}
