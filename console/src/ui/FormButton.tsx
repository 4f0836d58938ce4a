import { useQueryClient } from '@tanstack/react-query';
import { Button, Form, Input, Modal } from 'antd';
import { useId, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Params } from '../api/call';
import { ErrorNotice } from './parts';

export interface FormField {
  name: string;
  label: string;
  help?: string;
  required?: boolean;
  input?: ReactNode;
  initial?: unknown;
  checkbox?: boolean;
}

interface Props {
  title: string;
  fields: FormField[];
  submit: (values: Params) => Promise<unknown>;
  primary?: boolean;
  size?: 'small';
  progress?: ReactNode; // While a long submit goes on.
  result?: (made: unknown) => ReactNode; // What is shown once, before the dialog closes.
}

// A button that opens a short form in a dialog, and does what it asks for.
export default function FormButton({ title, fields, submit, primary = true, size, progress, result }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const [open, setOpen] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const [made, setMade] = useState<unknown>();
  const [form] = Form.useForm<Params>();
  const client = useQueryClient();
  const close = () => {
    setOpen(false);
    setProblem(undefined);
    setMade(undefined);
  };
  const finish = async (values: Params) => {
    setBusy(true);
    setProblem(undefined);
    try {
      const answer = await submit(values);
      await client.invalidateQueries();
      if (result) setMade(answer);
      else close();
    } catch (error) {
      setProblem(error);
    }
    setBusy(false);
  };
  const type = size ? 'link' : primary ? 'primary' : 'default';
  return (
    <>
      <Button type={type} {...(size ? { size } : {})} onClick={() => setOpen(true)}>
        {title}
      </Button>
      <Modal
        open={open}
        title={title}
        onCancel={close}
        okText={t('common.save')}
        cancelText={t('common.cancel')}
        confirmLoading={busy}
        destroyOnHidden
        afterOpenChange={(shown) => {
          if (shown && fields[0]) form.focusField(fields[0].name);
        }}
        // Of the form, so that Enter in any of its fields submits it.
        okButtonProps={{ htmlType: 'submit', form: id }}
        {...(made
          ? {
              footer: (
                <Button type="primary" onClick={close}>
                  {t('common.close')}
                </Button>
              ),
            }
          : {})}
      >
        {made && result ? (
          result(made)
        ) : (
          <Form form={form} id={id} layout="vertical" onFinish={finish} requiredMark preserve={false} disabled={busy}>
            {fields.map(({ name, label, help, required = false, input, initial, checkbox }) => (
              <Form.Item
                key={name}
                name={name}
                label={label}
                extra={help}
                rules={[{ required }]}
                {...(initial === undefined ? {} : { initialValue: initial })}
                valuePropName={checkbox ? 'checked' : 'value'}
              >
                {input ?? <Input autoComplete="off" />}
              </Form.Item>
            ))}
            {busy && progress}
            {problem !== undefined && <ErrorNotice error={problem} />}
          </Form>
        )}
      </Modal>
    </>
  );
}
