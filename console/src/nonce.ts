// The policy of the page allows the styles that carry its nonce. Ant Design sets it on most of those
// that it makes; on the others it is set here, so that the policy can stay strict.
export const nonce = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? '';

export function allowStyles(): void {
  const create = document.createElement.bind(document);
  document.createElement = (name: string, options?: ElementCreationOptions) => {
    const made = create(name, options);
    if (name === 'style') made.nonce = nonce;
    return made;
  };
}
