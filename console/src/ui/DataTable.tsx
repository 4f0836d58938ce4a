// Lists with pages that the server makes: no more is read than is looked at.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Table, type TableColumnsType } from 'antd';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorNotice } from './parts';

export interface Part<Row> {
  rows: Row[];
  total: number;
}

export default function DataTable<Row extends object>({
  name,
  load,
  columns,
  rowKey,
  empty,
  pageSize = 20,
  refresh,
}: {
  name: unknown[]; // What the list is of: another name is another list, which begins at its first page.
  load: (page: number, size: number) => Promise<Part<Row>>;
  columns: TableColumnsType<Row>;
  rowKey: (row: Row) => string;
  empty: ReactNode;
  pageSize?: number;
  refresh?: number;
}) {
  const { t } = useTranslation();
  const list = JSON.stringify(name);
  const [at, setAt] = useState({ list, page: 1, size: pageSize });
  const page = at.list === list ? at.page : 1;
  const query = useQuery({
    queryKey: [...name, page, at.size],
    queryFn: () => load(page, at.size),
    placeholderData: keepPreviousData,
    ...(refresh ? { refetchInterval: refresh } : {}),
  });
  if (query.error) return <ErrorNotice error={query.error} retry={() => void query.refetch()} />;
  const total = query.data?.total ?? 0;
  return (
    <Table<Row>
      columns={columns}
      dataSource={query.data?.rows ?? []}
      rowKey={rowKey}
      loading={query.isPending}
      size="middle"
      scroll={{ x: 'max-content' }}
      locale={{ emptyText: query.isPending ? ' ' : empty }}
      pagination={
        total > at.size || page > 1
          ? {
              current: page,
              pageSize: at.size,
              total,
              showSizeChanger: false,
              showTotal: (count: number) => t('common.total', { total: count.toLocaleString() }),
              onChange: (next: number) => setAt({ list, page: next, size: at.size }),
            }
          : false
      }
    />
  );
}
