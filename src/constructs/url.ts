/** The URL of an S3 system, of which people may write the host name alone: https is meant then. Without a slash at its end. */
export const urlOf = (host: string): string => {
  const bare = host.replace(/\/+$/, '');
  return /^https?:\/\//.test(bare) ? bare : `https://${bare}`;
};
