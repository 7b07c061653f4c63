import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ErrorPage, Page, renderPage, SignedOutPage } from './layout.tsx';

const textOf = (html: string) => html.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');

describe('an error page says what happened and what to do next', () => {
  for (const status of [400, 401, 403, 404, 409, 418, 429, 500, 502, 503]) {
    test(`${status}`, () => {
      const html = renderPage(<ErrorPage status={status} />);
      assert.match(html, /^<!DOCTYPE html><html lang="en">/);
      const said = textOf(html.slice(html.indexOf('<main')));
      assert.ok(said.split('. ').length >= 2, said);
      assert.match(html, /<a href(="[^"]*")? class="btn btn-primary"/);
    });
  }

  test('in the words it is given', () => {
    const html = renderPage(
      <ErrorPage
        status={409}
        title="Already closed"
        sentence="The account was already closed."
        next="Reactivate it."
        links={[{ label: 'Account Settings', href: '/accounts/7/settings' }]}
        reference="req-1"
      />,
    );
    for (const words of ['Already closed', 'The account was already closed.', 'Reactivate it.', 'req-1'])
      assert.ok(html.includes(words), words);
    assert.ok(html.includes('href="/accounts/7/settings"'));
  });
});

test('names are shown as they are, never as markup', () => {
  const html = renderPage(
    <Page
      title="<b>Overview</b>"
      navigation={[]}
      place={{ kind: 'account', id: 1, name: '<script>alert(1)</script>', label: 'paused' }}
    >
      text
    </Page>,
  );
  assert.ok(!html.includes('<b>'));
  assert.ok(!html.includes('<script>'));
  assert.ok(textOf(html).includes('&lt;script>alert(1)&lt;/script> (paused)'), textOf(html));
});

test('nothing stands inline that the content security policy forbids', () => {
  const pages = [
    <Page key="page" title="Overview" navigation={[{ label: 'Calls', href: '/calls' }]} live="/live">
      text
    </Page>,
    <SignedOutPage key="door" title="Sign in">
      text
    </SignedOutPage>,
    <ErrorPage key="error" status={500} />,
  ];
  for (const page of pages) {
    const html = renderPage(page);
    assert.doesNotMatch(html, / style=| on[a-z]+=|<style/);
    for (const [script] of html.matchAll(/<script[^>]*>/g)) assert.match(script, / src="\/assets\//);
  }
});
