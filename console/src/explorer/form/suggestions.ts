// Names that the platform knows: products, their devices and topic categories.
import { useQuery } from '@tanstack/react-query';
import { devices, products, topics } from '../../api/platform';

export interface Suggestion { value: string; label?: string }

const kinds: Record<string, 'product' | 'device' | 'topic'> = {
  ProductKey: 'product', SourceProductKey: 'product', TargetProductKey: 'product', DeviceName: 'device', TopicShortName: 'topic',
};

const shown = 200;

function useProducts(enabled: boolean) {
  return useQuery({ queryKey: ['suggestedProducts'], queryFn: () => products(1, shown), enabled, retry: false, staleTime: 30_000 }).data?.rows;
}

// Undefined: the platform has no list of such names. Who may not read the list writes the name.
export function useSuggestions(name: string, productKey: string): Suggestion[] | undefined {
  const kind = kinds[name];
  const known = useProducts(kind !== undefined);
  // While a key is being typed there is no such product yet.
  const ofProduct = known?.some(({ ProductKey }) => ProductKey === productKey) ?? false;
  const { data } = useQuery({
    queryKey: ['suggested', kind, productKey],
    enabled: kind !== undefined && kind !== 'product' && ofProduct,
    retry: false,
    queryFn: async (): Promise<Suggestion[]> => kind === 'device'
      ? (await devices(productKey, undefined, 1, 50)).rows.map(({ DeviceName }) => ({ value: DeviceName }))
      : (await topics(productKey)).flatMap(({ TopicShortName }) => TopicShortName.split('/user/').slice(1).map((value) => ({ value }))),
  });
  if (kind === undefined) return undefined;
  if (kind !== 'product') return data ?? [];
  return (known ?? []).map(({ ProductKey, ProductName }) => ({ value: ProductKey, label: `${ProductName} · ${ProductKey}` }));
}
