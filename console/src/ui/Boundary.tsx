import { Component, type ReactNode } from 'react';
import { ErrorNotice } from './parts';

// A mistake in one page leaves the others as they are.
export default class Boundary extends Component<{ children: ReactNode }, { error?: unknown }> {
  override state: { error?: unknown } = {};
  static getDerivedStateFromError(error: unknown) {
    return { error };
  }
  override render() {
    return this.state.error === undefined ? this.props.children : <ErrorNotice error={this.state.error} />;
  }
}
