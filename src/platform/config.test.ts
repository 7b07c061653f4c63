import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Config, projectDir, readConfig } from './config.ts';

function configOf(env: Record<string, string | undefined>): Config {
  const read = readConfig(env);
  assert.ok(read.ok, read.ok ? '' : read.mistakes.join('\n'));
  return read.config;
}

function mistakesOf(env: Record<string, string | undefined>): string[] {
  const read = readConfig(env);
  return read.ok ? [] : read.mistakes;
}

describe('readConfig', () => {
  test('needs no settings at all', () => {
    assert.deepEqual(configOf({}), {
      port: 3000,
      host: '127.0.0.1',
      dataDir: join(projectDir, 'data'),
      databaseUrl: null,
      publicUrl: 'http://localhost:3000',
      smtpUrl: null,
      mailFrom: 'Switchhook <no-reply@localhost>',
      secretKey: null,
      development: true,
    });
  });

  test('treats an empty setting as absent', () => {
    assert.deepEqual(configOf({ PORT: '', DATABASE_URL: ' ', PUBLIC_URL: '' }), configOf({}));
  });

  test('takes every setting', () => {
    assert.deepEqual(
      configOf({
        PORT: '8080',
        HOST: '10.0.0.7',
        DATA_DIR: '/srv/switch hook',
        DATABASE_URL: 'postgres://me:secret@db.example.com/switchhook',
        PUBLIC_URL: 'https://calls.example.com/',
        SMTP_URL: 'smtps://me:secret@mail.example.com:465',
        MAIL_FROM: 'Example Calls <calls@example.com>',
        SECRET_KEY: 'A'.repeat(43),
      }),
      {
        port: 8080,
        host: '10.0.0.7',
        dataDir: '/srv/switch hook',
        databaseUrl: 'postgres://me:secret@db.example.com/switchhook',
        publicUrl: 'https://calls.example.com',
        smtpUrl: 'smtps://me:secret@mail.example.com:465',
        mailFrom: 'Example Calls <calls@example.com>',
        secretKey: 'A'.repeat(43),
        development: false,
      },
    );
  });

  test('the public address follows the port', () => {
    assert.equal(configOf({ PORT: '4711' }).publicUrl, 'http://localhost:4711');
  });

  const developmentCases: [Record<string, string>, boolean, string][] = [
    [{}, true, '127.0.0.1'],
    [{ PUBLIC_URL: 'http://127.0.0.1:3000' }, true, '127.0.0.1'],
    [{ PUBLIC_URL: 'http://[::1]:3000' }, true, '127.0.0.1'],
    [{ PUBLIC_URL: 'http://app.localhost:3000' }, true, '127.0.0.1'],
    [{ HOST: '::1' }, true, '::1'],
    [{ HOST: 'localhost' }, true, 'localhost'],
    [{ HOST: '0.0.0.0' }, false, '0.0.0.0'],
    [{ PUBLIC_URL: 'https://calls.example.com' }, false, '0.0.0.0'],
    [{ PUBLIC_URL: 'http://127.evil.example.com' }, false, '0.0.0.0'],
    [{ DATABASE_URL: 'postgres://localhost/switchhook' }, false, '0.0.0.0'],
  ];
  for (const [env, development, host] of developmentCases) {
    test(`${JSON.stringify(env)} is ${development ? '' : 'not '}development and listens on ${host}`, () => {
      const config = configOf(env);
      assert.equal(config.development, development);
      assert.equal(config.host, host);
    });
  }

  const mistakeCases: [string, string, RegExp][] = [
    ['MAIL_FROM', 'nobody', /^MAIL_FROM is "nobody"; expected an address/],
    ['MAIL_FROM', 'A <a@b.example>\r\nBcc: x@y.example', /^MAIL_FROM is/],
    ['SECRET_KEY', 'hunter2', /^SECRET_KEY does not fit; expected 32 random bytes/],
    ['PORT', 'abc', /^PORT is "abc"; expected a whole number from 1 to 65535/],
    ['PORT', '0', /^PORT is "0"/],
    ['PORT', '70000', /^PORT is "70000"/],
    ['PORT', '3000.5', /^PORT is "3000.5"/],
    ['HOST', 'http://x', /^HOST is "http:\/\/x"; expected the address to listen on/],
    [
      'DATABASE_URL',
      'mysql://localhost/x',
      /^DATABASE_URL is "mysql:\/\/localhost\/x"; expected the address of a Post/,
    ],
    ['DATABASE_URL', 'postgres://localhost', /^DATABASE_URL is/],
    ['DATABASE_URL', 'localhost', /^DATABASE_URL is "localhost"/],
    ['PUBLIC_URL', 'calls.example.com', /^PUBLIC_URL is "calls.example.com"; expected http/],
    ['PUBLIC_URL', 'https://calls.example.com/app', /^PUBLIC_URL/],
    ['PUBLIC_URL', 'https://calls.example.com/?', /^PUBLIC_URL/],
    ['PUBLIC_URL', 'ftp://calls.example.com', /^PUBLIC_URL/],
    ['SMTP_URL', 'mail.example.com', /^SMTP_URL is "mail.example.com"; expected smtp:\/\/ or smtps:\/\//],
  ];
  for (const [name, value, sentence] of mistakeCases) {
    test(`${name}=${value} gets a sentence`, () => {
      const mistakes = mistakesOf({ [name]: value });
      assert.equal(mistakes.length, 1);
      assert.match(mistakes[0]!, sentence);
    });
  }

  test('names all mistakes at once', () => {
    assert.equal(mistakesOf({ PORT: 'x', PUBLIC_URL: 'x', SMTP_URL: 'x', DATABASE_URL: 'x', HOST: '!' }).length, 5);
  });

  test('never repeats a password', () => {
    const mistakes = mistakesOf({ DATABASE_URL: 'mysql://me:hunter2@db/x', SMTP_URL: 'http://me:hunter2@mail' });
    assert.equal(mistakes.length, 2);
    assert.doesNotMatch(mistakes.join('\n'), /hunter2/);
  });
});
