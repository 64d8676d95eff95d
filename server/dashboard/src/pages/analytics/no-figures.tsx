import { Empty } from "../../components/empty.tsx";

/** In place of figures that no run has brought yet. */
export function NoFigures({ title }: { readonly title: string }) {
  return (
    <Empty title={title}>
      <p>What a run took is added up when it has ended, by day. Choose more days or another project above, or run something:</p>
      <pre tabIndex={0}>shardwright run --coordinator {location.origin}</pre>
    </Empty>
  );
}
