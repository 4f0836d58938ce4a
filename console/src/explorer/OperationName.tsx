// A name that may be broken where its words begin.
export default function OperationName({ name }: { name: string }) {
  return <>{name.split(/(?=[A-Z][a-z])/).map((word, i) => <span key={i}>{i > 0 && <wbr />}{word}</span>)}</>;
}
