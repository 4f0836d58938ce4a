import { useEffect, useState } from 'react';

// What `make` promises, made anew when `of` changes; the last result stays until the next is there.
export function useSteps<T>(of: string, make: () => Promise<T>): T | undefined {
  const [steps, setSteps] = useState<T>();
  useEffect(() => {
    let current = true;
    void make().then((made) => current && setSteps(made));
    return () => { current = false; };
    // eslint-disable-next-line -- `of` says all that `make` depends on.
  }, [of]);
  return steps;
}
