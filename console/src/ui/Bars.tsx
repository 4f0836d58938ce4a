// A chart over time. It stretches to the width that there is, so its words stand outside of the drawing.
export interface Bar {
  at: number;
  value: number;
  words: string;
}

const top = 6;
const height = 84;
const step = 20;

export default function Bars({ title, bars }: { title: string; bars: Bar[] }) {
  const most = Math.max(...bars.map(({ value }) => value));
  const total = bars.reduce((sum, { value }) => sum + value, 0);
  const tall = (value: number) => (value === 0 ? 0 : Math.max(2, (value / most) * height));
  return (
    <figure className="bars">
      <figcaption>
        <span>{title}</span>
        <span className="quiet" aria-hidden>
          {most.toLocaleString()}
        </span>
      </figcaption>
      <svg
        viewBox={`0 0 ${bars.length * step} ${top + height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}: ${total.toLocaleString()}`}
      >
        {[0, 0.5, 1].map((part) => (
          <line
            key={part}
            x1="0"
            x2={bars.length * step}
            y1={top + part * height}
            y2={top + part * height}
            vectorEffect="non-scaling-stroke"
          />
        ))}
        {bars.map(({ at, value, words }, i) => (
          <rect key={at} x={i * step + 3} width={step - 6} y={top + height - tall(value)} height={tall(value)}>
            <title>{words}</title>
          </rect>
        ))}
      </svg>
    </figure>
  );
}
